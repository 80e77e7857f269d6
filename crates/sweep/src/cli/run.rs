//! What the help of `sweep run` says at its end.

/// Examples, and what signals do.
pub(super) const AFTER_HELP: &str = "\
Examples:
  sweep run sweeps/lab2.toml
  sweep run sweeps/lab2.toml --data synthetic --set epochs=40 --report
  sweep run sweeps/lab2.toml --set activation=relu,elu --set learning_rate='{ from = 1e-4, to = 1e-2, steps = 3, scale = \"log\" }'

A job that finished or diverged is never trained again; one that was interrupted or failed goes on \
from its last checkpoint by the same command.
Ctrl-C, SIGTERM and SIGHUP stop after the current epoch, and what was trained is saved; it does not matter whether the program, its \
workers or all of them get the signal. A second Ctrl-C stops at once, and so does a SIGTERM or SIGHUP that comes 5 s after the first. \
With `nohup`, SIGHUP does nothing. Ctrl-Z suspends the program and its workers until `fg`.";
