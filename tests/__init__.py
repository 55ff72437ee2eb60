"""The tests are a package so that `tests.support` can be imported from any of them."""
