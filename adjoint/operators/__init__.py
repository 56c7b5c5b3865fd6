"""What is made of pushforwards and pullbacks: Jacobians, Hessians, linear maps, Taylor series."""
