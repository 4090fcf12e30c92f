using System.Text;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>
/// The responses that a request goes on from: one whole, and those whose items it names one by one. All were asked for by the same key.
/// </summary>
/// <param name="previous">The response that the conversation goes on from; null where it begins.</param>
/// <param name="named">By id of the item.</param>
internal sealed class ResponseItems(KeptResponse? previous, IReadOnlyDictionary<string, KeptResponse> named)
{
    /// <summary>The response that the conversation goes on from; null where it begins.</summary>
    public KeptResponse? Previous { get; } = previous;

    public static ResponseItems None { get; } = new(null, new Dictionary<string, KeptResponse>());

    /// <summary>What a kept response said: a list of items.</summary>
    public static JsonSlice OutputOf(KeptResponse response) => new JsonSlice(response.Response.Span)["output"u8];

    /// <summary>An item as it is, or what it stands for.</summary>
    public JsonSlice Resolve(JsonSlice item)
    {
        if (!IsReference(item)) return item;
        JsonSlice id = item["id"u8];
        if (id.AsString() is not { } name || !named.TryGetValue(name, out KeptResponse? response)) return default;
        return Find(OutputOf(response), name) is { IsMissing: false } said ? said : Find(new JsonSlice(response.Input.Span), name);
    }

    public static bool IsReference(JsonSlice item) => item["type"u8].Reads("item_reference"u8);

    private static JsonSlice Find(JsonSlice items, string id)
    {
        byte[] name = Encoding.UTF8.GetBytes(id);
        foreach (JsonSlice item in items.Elements)
        {
            if (item["id"u8].Reads(name)) return item;
        }

        return default;
    }
}
