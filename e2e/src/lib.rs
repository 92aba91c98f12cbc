//! The generated clusters on real engines: drivers, load and checks shared by `tests/engines`.
