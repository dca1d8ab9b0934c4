"""Networks of other people in ONNX files: their card, checks, the graph in OpenVINO, and a first run in a child."""
