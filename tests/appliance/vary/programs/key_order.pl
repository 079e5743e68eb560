# Writes the keys of a hash in the order in which Perl gives them, another one in each run.
my %count = map { $_ => length } qw(alpha beta gamma delta epsilon zeta eta theta);
print join(" ", keys %count), "\n";
