using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching;

/// <summary>JSON patch (RFC 6902): a list of operations that succeed or fail together.</summary>
internal static class JsonPatch
{
    private const int MaxOperations = 10_000;

    /// <summary>Copies can double a document again and again; their sum is held to the size of the largest object.</summary>
    private const long MaxCopiedWeight = RequestBody.MaxBytes;

    public static Outcome<JsonObject> Apply(JsonObject document, JsonArray operations)
    {
        if (operations.Count > MaxOperations) return ApiErrors.BadRequest($"a JSON patch has at most {MaxOperations} operations");
        JsonNode? root = document;
        long copied = 0;
        for (int i = 0; i < operations.Count; i++)
        {
            try
            {
                if (operations[i] is not JsonObject operation) throw new JsonPatchException("an operation must be an object");
                root = Apply(root, operation, ref copied);
            }
            catch (JsonPatchException exception)
            {
                return new ApiError(
                    422,
                    "Invalid",
                    $"the server rejected our request due to an error in our request: operation {i} of the patch: {exception.Message}");
            }
        }

        if (root is not JsonObject result) return ApiErrors.BadRequest("the JSON patch leaves something that is not an object");
        // Alone among the forms of patches, this one can nest deeper than any body that can be read.
        return JsonMeasure.IsDeeperThan(RequestBody.MaxDepth, result)
            ? ApiErrors.BadRequest($"the JSON patch leaves an object nested deeper than {RequestBody.MaxDepth}")
            : result;
    }

    private static JsonNode? Apply(JsonNode? root, JsonObject operation, ref long copied)
    {
        JsonPointer path = Pointer(operation, "path");
        switch (operation.Text("op"))
        {
            case "add":
                return Add(root, path, Value(operation));
            case "remove":
                return Remove(root, path, out _);
            case "replace":
                return Add(Remove(root, path, out _), path, Value(operation));
            case "move":
                JsonPointer from = Pointer(operation, "from");
                if (path.IsInside(from)) throw new JsonPatchException("a value cannot be moved into itself");
                return Add(Remove(root, from, out JsonNode? moved), path, moved);
            case "copy":
                JsonNode? source = Pointer(operation, "from").Get(root);
                copied += JsonMeasure.Weight(source);
                if (copied > MaxCopiedWeight) throw new JsonPatchException("its copies make the object too large");
                return Add(root, path, source?.DeepClone());
            case "test":
                return JsonNode.DeepEquals(path.Get(root), Value(operation))
                    ? root
                    : throw new JsonPatchException($"the test of \"{operation["path"]}\" failed: the value is {Shown(path.Get(root))}");
            default:
                throw new JsonPatchException("op must be add, remove, replace, move, copy or test");
        }
    }

    private static JsonNode? Add(JsonNode? root, JsonPointer path, JsonNode? value)
    {
        if (path.IsRoot) return value;
        path.Add(root ?? throw new JsonPatchException("the document is gone"), value);
        return root;
    }

    private static JsonNode? Remove(JsonNode? root, JsonPointer path, out JsonNode? removed)
    {
        removed = root;
        if (path.IsRoot) return null;
        removed = path.Remove(root ?? throw new JsonPatchException("the document is gone"));
        return root;
    }

    private static JsonPointer Pointer(JsonObject operation, string name) =>
        JsonPointer.Parse(operation.Text(name) ?? throw new JsonPatchException($"{name} must be set"));

    private static JsonNode? Value(JsonObject operation) => operation.TryGetPropertyValue("value", out JsonNode? value)
        ? value?.DeepClone()
        : throw new JsonPatchException("value must be set");

    private static string Shown(JsonNode? node) => node?.ToJsonString() ?? "null";
}
