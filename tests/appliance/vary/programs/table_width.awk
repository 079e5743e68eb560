# Prints the numbers from 1 to 60 in as many columns as the terminal has room for.
BEGIN {
    width = ENVIRON["COLUMNS"] ? ENVIRON["COLUMNS"] : 80
    each = int(width / 6)
    for (number = 1; number <= 60; number++)
        printf "%5d%s", number, number % each ? " " : "\n"
    print ""
}
