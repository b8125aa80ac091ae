// Adds to a file of patterns and events which pattern matches which event. recorded.ts calls it.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.util.Map;
import java.util.TreeSet;
import software.amazon.event.ruler.Machine;

public class Ask {
    public static void main(String[] files) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ObjectNode asked = (ObjectNode) json.readTree(new File(files[0]));
        Machine machine = new Machine();
        for (Map.Entry<String, JsonNode> pattern : entries(asked, "patterns")) {
            machine.addRule(pattern.getKey(), json.writeValueAsString(pattern.getValue()));
        }
        ObjectNode matches = asked.putObject("matches");
        for (Map.Entry<String, JsonNode> event : entries(asked, "events")) {
            String text = json.writeValueAsString(event.getValue());
            matches.set(event.getKey(), json.valueToTree(new TreeSet<>(machine.rulesForJSONEvent(text))));
        }
        json.writeValue(new File(files[0]), asked);
    }

    private static Iterable<Map.Entry<String, JsonNode>> entries(ObjectNode asked, String key) {
        return () -> asked.get(key).fields();
    }
}
