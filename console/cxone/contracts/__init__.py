"""What differs between the APIs of CXone: encoding requests and decoding answers, nothing more."""
