/** `0`: success. `1`: a check failed. `2`: wrong usage. */
export type ExitCode = 0 | 1 | 2;
