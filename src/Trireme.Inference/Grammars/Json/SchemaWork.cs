using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Counts what one constraint makes its compiler do, so that a short schema that asks for much is refused before it costs much. A step
/// is a JSON node copied, a value compared, sixteen characters written or eight cells of an automaton explored.
/// </summary>
/// <param name="cancellationToken">Ends the work with the request it is for.</param>
internal sealed class SchemaWork(CancellationToken cancellationToken)
{
    public const long StepsMax = 500_000;

    private const int CharactersPerStep = 16;
    private const int CellsPerStep = 8;

    public long Steps { get; private set; }

    /// <exception cref="GrammarException">The schema asks for too much; the message names the keyword and its place.</exception>
    public void Spend(long steps, string keyword, string path)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Steps += steps;
        if (Steps <= StepsMax) return;
        throw new GrammarException(
            $"The schema is too complex: with {keyword} at {path} it takes more than {StepsMax} steps to compile. "
            + "Make its lists shorter, or repeat large parts of it less often.");
    }

    /// <param name="cells">See <see cref="Patterns.Automaton.Cost"/>.</param>
    /// <param name="keyword">As for <see cref="Spend"/>.</param>
    /// <param name="path">As for <see cref="Spend"/>.</param>
    public void Explore(long cells, string keyword, string path) => Spend(cells / CellsPerStep, keyword, path);

    /// <summary>The text of a value, see <see cref="SchemaDocument.Text"/>.</summary>
    public string Text(JsonNode? node, string keyword, string path)
    {
        string text = SchemaDocument.Text(node);
        Spend(1 + (text.Length / CharactersPerStep), keyword, path);
        return text;
    }

    public JsonNode? Clone(JsonNode? node, string keyword, string path)
    {
        Spend(Size(node), keyword, path);
        return node?.DeepClone();
    }

    /// <summary>The keys of values, see <see cref="ValueKey"/>.</summary>
    public HashSet<string> Keys(JsonArray values, Func<JsonNode?, string> keyOf, string keyword, string path)
    {
        var keys = new HashSet<string>(values.Count, StringComparer.Ordinal);
        foreach (JsonNode? value in values) keys.Add(Key(value, keyOf, keyword, path));
        return keys;
    }

    public string Key(JsonNode? value, Func<JsonNode?, string> keyOf, string keyword, string path)
    {
        string key = keyOf(value);
        Spend(1 + (key.Length / CharactersPerStep), keyword, path);
        return key;
    }

    [BoundedDepth("SchemaDocument refuses schemas of more than 64 levels")]
    private static int Size(JsonNode? node)
    {
        int size = 1;
        if (node is JsonArray list)
        {
            foreach (JsonNode? entry in list) size += Size(entry);
        }
        else if (node is JsonObject schema)
        {
            foreach ((_, JsonNode? entry) in schema) size += Size(entry);
        }

        return size;
    }
}
