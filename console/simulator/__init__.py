"""A CXone tenant over real loopback HTTP, to try the console against and to test it with."""
