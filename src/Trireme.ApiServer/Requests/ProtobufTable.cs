using System.Collections.Frozen;
using System.Globalization;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Requests;

/// <summary>The messages of the kinds of workloads, which are many: read once from the table beside this file.</summary>
internal static class ProtobufTable
{
    private static readonly FrozenDictionary<string, string> Roots = new Dictionary<string, string>
    {
        ["v1/Pod"] = "Pod",
        ["v1/Binding"] = "Binding",
        ["v1/ResourceQuota"] = "ResourceQuota",
        ["v1/LimitRange"] = "LimitRange",
        ["batch/v1/Job"] = "Job",
        ["policy/v1/PodDisruptionBudget"] = "PodDisruptionBudget",
        ["policy/v1/Eviction"] = "Eviction",
        ["scheduling.k8s.io/v1/PriorityClass"] = "PriorityClass",
    }.ToFrozenDictionary();

    private static readonly Lazy<Dictionary<string, ProtobufMessage>> Messages = new(Read);

    public static ProtobufMessage? Find(string apiVersion, string kind)
    {
        // Options of a deletion come in the version of what is deleted.
        string? root = kind == "DeleteOptions" ? kind : Roots.GetValueOrDefault($"{apiVersion}/{kind}");
        return root is null ? null : Messages.Value[root];
    }

    private static Dictionary<string, ProtobufMessage> Read()
    {
        using Stream stream = typeof(ProtobufTable).Assembly.GetManifestResourceStream("Trireme.ApiServer.protobuf-messages.txt")!;
        using var text = new StreamReader(stream);
        var lines = new Dictionary<string, string[]>();
        while (text.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            string[] words = line.Split(' ');
            lines.Add(words[0], words[1..]);
        }

        var messages = new Dictionary<string, ProtobufMessage>
        {
            ["ObjectMeta"] = ProtobufSchema.ObjectMeta, ["LabelSelector"] = ProtobufSchema.LabelSelector,
        };
        foreach (string name in lines.Keys) MessageOf(name, lines, messages);
        return messages;
    }

    [BoundedDepth("no message of the table holds itself, and none is deeper than what holds a Job")]
    private static ProtobufMessage MessageOf(string name, Dictionary<string, string[]> lines, Dictionary<string, ProtobufMessage> messages)
    {
        if (messages.TryGetValue(name, out ProtobufMessage? known)) return known;
        var fields = new List<ProtobufField>();
        foreach (string word in lines[name])
        {
            string[] parts = word.Split(':');
            string type = parts[2].TrimEnd('*', '+');
            ProtobufKind kind = KindOf(type);
            fields.Add(new ProtobufField(
                int.Parse(parts[0], CultureInfo.InvariantCulture),
                parts[1],
                kind,
                Repeated: parts[2].EndsWith('*'),
                kind == ProtobufKind.Message ? MessageOf(type, lines, messages) : null)
            {
                KeepsEmpty = parts[2].EndsWith('+'),
            });
        }

        return messages[name] = new ProtobufMessage([.. fields]);
    }

    private static ProtobufKind KindOf(string type) => type switch
    {
        "text" => ProtobufKind.Text,
        "number" => ProtobufKind.Number,
        "switch" => ProtobufKind.Switch,
        "time" => ProtobufKind.Time,
        "texts" => ProtobufKind.TextMap,
        "quantity" => ProtobufKind.Quantity,
        "quantities" => ProtobufKind.QuantityMap,
        "intOrText" => ProtobufKind.IntOrText,
        // Times by name are a status that only the server writes.
        "times" => ProtobufKind.Skipped,
        _ => ProtobufKind.Message,
    };
}
