# What must be set before Python starts (appliance/launch/variables.py). Thread counts may be chosen by the user.
{
  fixed = {
    PYTHONHASHSEED = "0";
    OMP_DYNAMIC = "FALSE";
    MKL_DYNAMIC = "FALSE";
  };
  default = builtins.listToAttrs (
    map
      (name: {
        inherit name;
        value = "1";
      })
      [
        "OPENBLAS_NUM_THREADS"
        "OMP_NUM_THREADS"
        "MKL_NUM_THREADS"
        "BLIS_NUM_THREADS"
        "VECLIB_MAXIMUM_THREADS"
        "NUMEXPR_NUM_THREADS"
      ]
  );
}
