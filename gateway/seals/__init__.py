"""Electronic seals of agencies and authorities, and the roster that is printed under them.

They are samples (示例章): their certificates are of a small authority of this installation, no certified seal product.
"""
