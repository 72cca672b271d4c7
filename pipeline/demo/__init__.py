"""``truefriend demo`` through Kafka: processes, what they say of themselves, the screen."""

from pipeline.demo.stream import KafkaDemo, through_kafka, why_no_kafka

__all__ = ["KafkaDemo", "through_kafka", "why_no_kafka"]
