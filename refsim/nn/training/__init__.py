"""Training: optimizers, methods that learn under rules of low precision, and the loop."""
