using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// An object from a body. Each tree is its taker's own: the first is the one that was parsed, later ones are parsed again.
/// </summary>
internal sealed class ReceivedObject(JsonObject parsed, Func<Outcome<JsonObject>> parseAgain)
{
    private JsonObject? _parsed = parsed;

    public JsonObject Take()
    {
        JsonObject? tree = _parsed;
        _parsed = null;
        if (tree is not null) return tree;
        return parseAgain().Failed(out StatusError? error, out tree) ? throw new InvalidOperationException(error.Message) : tree;
    }
}
