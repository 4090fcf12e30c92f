using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>
/// A set of field paths as a tree, in the notation of fieldsV1: a path element is "f:name" for a member of an object,
/// "k:{...}" for a list item by its key, or "v:value" for a value of a set.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    /// <summary>True if the path to this node itself is in the set, and not only paths below it.</summary>
    public bool IsMember { get; set; }

    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    public bool IsEmpty => !IsMember && _children.Values.All(child => child.IsEmpty);

    /// <summary>The node below this one, which is added where it is missing.</summary>
    public FieldSet Child(string element)
    {
        if (_children.TryGetValue(element, out FieldSet? child)) return child;
        return _children[element] = new FieldSet();
    }

    public FieldSet? Find(string element) => _children.GetValueOrDefault(element);

    public static FieldSet Union(FieldSet a, FieldSet b) => Combine(a, b, (inA, inB) => inA || inB);

    /// <summary>The paths of a that are not in b. A path in b says nothing about paths below it.</summary>
    public static FieldSet Difference(FieldSet a, FieldSet b) => Combine(a, b, (inA, inB) => inA && !inB);

    public static FieldSet Intersection(FieldSet a, FieldSet b) => Combine(a, b, (inA, inB) => inA && inB);

    public static bool AreEqual(FieldSet a, FieldSet b) => Combine(a, b, (inA, inB) => inA != inB).IsEmpty;

    /// <summary>All paths of the set, each as its elements.</summary>
    public IEnumerable<IReadOnlyList<string>> Paths()
    {
        var pending = new Stack<(FieldSet Node, string[] Path)>([(this, [])]);
        while (pending.TryPop(out (FieldSet Node, string[] Path) next))
        {
            if (next.Node.IsMember) yield return next.Path;
            foreach ((string element, FieldSet child) in next.Node._children.Reverse()) pending.Push((child, [.. next.Path, element]));
        }
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach ((string element, FieldSet child) in _children)
        {
            if (child.IsEmpty) continue;
            JsonObject below = child.ToJson();
            if (child.IsMember && below.Count > 0) below.Insert(0, ".", new JsonObject());
            json[element] = below;
        }

        return json;
    }

    /// <summary>Reads fieldsV1; null if it is not one.</summary>
    public static FieldSet? FromJson(JsonNode? json)
    {
        if (json is not JsonObject map) return null;
        var set = new FieldSet();
        foreach ((string element, JsonNode? value) in map)
        {
            if (element == ".") continue;
            if (element.Length < 2 || element[1] != ':' || element[0] is not ('f' or 'k' or 'v' or 'i')) return null;
            if (value is not JsonObject below || FromJson(below) is not { } child) return null;
            child.IsMember = below.Count == 0 || below.ContainsKey(".");
            set._children[element] = child;
        }

        return set;
    }

    private static FieldSet Combine(FieldSet a, FieldSet b, Func<bool, bool, bool> take)
    {
        var result = new FieldSet { IsMember = take(a.IsMember, b.IsMember) };
        var nothing = new FieldSet();
        foreach (string element in a._children.Keys.Union(b._children.Keys))
        {
            FieldSet child = Combine(a.Find(element) ?? nothing, b.Find(element) ?? nothing, take);
            if (!child.IsEmpty) result._children[element] = child;
        }

        return result;
    }
}
