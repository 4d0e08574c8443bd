"""The published formats in which a trail proves itself: Merkle tree, proofs, signed notes, tiles."""
