"""What is evaluated: policies (VLAs) and the methods that adapt them."""
