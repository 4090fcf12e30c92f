using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Patching;

/// <summary>JSON patch (RFC 6902): a list of operations that succeed or fail together.</summary>
internal static class JsonPatch
{
    private const int MaxOperations = 10_000;

    public static Outcome<JsonObject> Apply(JsonObject document, JsonArray operations)
    {
        if (operations.Count > MaxOperations) return StatusErrors.TooManyOperations(MaxOperations, operations.Count);
        JsonNode? root = document;
        var bounds = new JsonPatchBounds(document);
        for (int i = 0; i < operations.Count; i++)
        {
            try
            {
                if (operations[i] is not JsonObject operation) throw new JsonPatchException("an operation must be an object");
                root = Apply(root, operation, bounds);
            }
            catch (JsonPatchException exception)
            {
                return new StatusError(
                    422,
                    "Invalid",
                    $"the server rejected our request due to an error in our request: operation {i} of the patch: {exception.Message}");
            }
        }

        return root is JsonObject result
            ? result
            : StatusErrors.BadRequest("the JSON patch leaves something that is not an object");
    }

    private static JsonNode? Apply(JsonNode? root, JsonObject operation, JsonPatchBounds bounds)
    {
        JsonPointer path = Pointer(operation, "path");
        switch (operation.Text("op"))
        {
            case "add":
                return Add(root, path, Value(operation), bounds, copies: true);
            case "remove":
                return Remove(root, path, bounds, out _);
            case "replace":
                return Add(Remove(root, path, bounds, out _), path, Value(operation), bounds, copies: true);
            case "move":
                JsonPointer from = Pointer(operation, "from");
                if (path.IsInside(from)) throw new JsonPatchException("a value cannot be moved into itself");
                return Add(Remove(root, from, bounds, out JsonNode? moved), path, moved, bounds);
            case "copy":
                JsonNode? source = Pointer(operation, "from").Get(root);
                bounds.Copying(source);
                return Add(root, path, source, bounds, copies: true);
            case "test":
                return JsonNode.DeepEquals(path.Get(root), Value(operation))
                    ? root
                    : throw new JsonPatchException($"the test of \"{operation["path"]}\" failed: the value is {Shown(path.Get(root))}");
            default:
                throw new JsonPatchException("op must be add, remove, replace, move, copy or test");
        }
    }

    private static JsonNode? Add(JsonNode? root, JsonPointer path, JsonNode? value, JsonPatchBounds bounds, bool copies = false)
    {
        JsonNode? container = path.IsRoot ? null : path.Container(root ?? throw new JsonPatchException("the document is gone"));
        bounds.Adding(value, path.Length, container);
        JsonNode? added = copies ? value?.DeepClone() : value;
        if (path.IsRoot) return added;
        path.Add(container, added);
        return root;
    }

    private static JsonNode? Remove(JsonNode? root, JsonPointer path, JsonPatchBounds bounds, out JsonNode? removed)
    {
        removed = root;
        JsonNode? container = null;
        if (!path.IsRoot)
        {
            container = path.Container(root ?? throw new JsonPatchException("the document is gone"));
            removed = path.Remove(root, container);
        }

        bounds.Removed(removed, container);
        return path.IsRoot ? null : root;
    }

    private static JsonPointer Pointer(JsonObject operation, string name) =>
        JsonPointer.Parse(operation.Text(name) ?? throw new JsonPatchException($"{name} must be set"));

    private static JsonNode? Value(JsonObject operation) => operation.TryGetPropertyValue("value", out JsonNode? value)
        ? value
        : throw new JsonPatchException("value must be set");

    private static string Shown(JsonNode? node) => node?.ToJsonString() ?? "null";
}
