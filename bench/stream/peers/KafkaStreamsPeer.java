import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The reduced fold with Kafka Streams: one thread, state in memory with a changelog.
 *
 * <p>Says in its last line how long it took from the first event until all was committed, which is
 * when {@code close} returns.
 */
public final class KafkaStreamsPeer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> FIRSTS = Map.of(
        "friend.added", "added", "identity.verified", "verified", "friend.removed", "removed");

    private final long wanted = Long.parseLong(System.getenv("PEER_EVENTS"));
    private final CountDownLatch done = new CountDownLatch(1);
    private long seen;
    private long sent;
    private long started;
    private volatile long folded;

    public static void main(String[] arguments) throws Exception {
        new KafkaStreamsPeer().run();
    }

    private void run() throws Exception {
        Path folder = Files.createTempDirectory("kafka-streams-peer");
        KafkaStreams streams = new KafkaStreams(topology().build(), settings(folder));
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            System.exit(1);
            return null;
        });
        streams.start();
        done.await();
        streams.close();
        double seconds = (System.nanoTime() - started) / 1e9;
        remove(folder);
        System.out.printf(
            "{\"events\": %d, \"outputs\": %d, \"folded_seconds\": %.6f, \"seconds\": %.6f}%n",
            wanted, sent, folded / 1e9, seconds);
    }

    private StreamsBuilder topology() {
        StreamsBuilder builder = new StreamsBuilder();
        Serde<JsonNode> json = Serdes.serdeFrom((topic, node) -> write(node), (topic, bytes) -> read(bytes));
        Materialized<byte[], JsonNode, KeyValueStore<Bytes, byte[]>> store =
            Materialized.<byte[], JsonNode>as(Stores.inMemoryKeyValueStore("fold"))
                .withKeySerde(Serdes.ByteArray()).withValueSerde(json);
        KStream<byte[], JsonNode> events = builder.stream(
            System.getenv("PEER_INPUT"), Consumed.with(Serdes.ByteArray(), json));
        events.filter((key, event) -> event.get("type").asText().equals("friend.added"))
            .to(System.getenv("PEER_OUTPUT"), Produced.with(Serdes.ByteArray(), json));
        events.groupByKey(Grouped.with(Serdes.ByteArray(), json))
            .aggregate(JSON::createObjectNode, (key, event, known) -> fold(event, (ObjectNode) known), store);
        return builder;
    }

    /** Called by the one thread, after the event's output was handed to the producer. */
    private JsonNode fold(JsonNode event, ObjectNode known) {
        if (seen == 0) {
            started = System.nanoTime();
        }
        String kind = event.get("type").asText();
        String time = event.get("time").asText();
        String name = FIRSTS.get(kind);
        if (name != null && (!known.has(name) || time.compareTo(known.get(name).asText()) < 0)) {
            known.put(name, time);
        }
        known.put("count", known.path("count").asLong() + 1);
        sent += kind.equals("friend.added") ? 1 : 0;
        if (++seen == wanted) {
            folded = System.nanoTime() - started;
            done.countDown();
        }
        return known;
    }

    private static Properties settings(Path folder) {
        Properties found = new Properties();
        found.put("application.id", "kafka-streams-" + UUID.randomUUID());
        found.put("bootstrap.servers", System.getenv("PEER_BROKER"));
        found.put("auto.offset.reset", "earliest");
        found.put("processing.guarantee", System.getenv("PEER_GUARANTEE"));
        found.put("commit.interval.ms", "500");
        found.put("num.stream.threads", "1");
        found.put("statestore.cache.max.bytes", String.valueOf(64 << 20));
        found.put("state.dir", folder.toString());
        found.put("producer.acks", "all");
        found.put("producer.compression.type", "lz4");
        found.put("producer.linger.ms", "50");
        found.put("producer.batch.size", String.valueOf(256 << 10));
        return found;
    }

    private static byte[] write(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static JsonNode read(byte[] bytes) {
        try {
            return bytes == null ? null : JSON.readTree(bytes);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
