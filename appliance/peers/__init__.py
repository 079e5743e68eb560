"""The same network in other libraries: trained by PyTorch, exported as ONNX."""
