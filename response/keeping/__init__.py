"""What is kept and for how long: evidence, custody, holds, periods, stamps, the bundle."""
