"""A real Kafka broker on this machine: one process, loopback only."""

from pipeline.broker.process import Broker, find_broker, start_broker, stop_broker
from pipeline.broker.properties import Access

__all__ = ["Access", "Broker", "find_broker", "start_broker", "stop_broker"]
