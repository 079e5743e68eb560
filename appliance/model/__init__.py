"""A network: a list of layers with a loss."""

from appliance.model.build import build_network
from appliance.model.forward import ForwardPasses
from appliance.model.network import Network

__all__ = ["ForwardPasses", "Network", "build_network"]
