using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>
/// A set of field paths as a tree, in the notation of fieldsV1: a path element is "f:name" for a member of an object,
/// "k:{...}" for a list item by its key, or "v:value" for a value of a set.
/// </summary>
internal sealed class FieldSet
{
    private static readonly Dictionary<string, FieldSet> None = [];

    /// <summary>Null for the leaves, which nearly all nodes are: an object of some megabytes has hundreds of thousands.</summary>
    private Dictionary<string, FieldSet>? _children;

    /// <summary>True if the path to this node itself is in the set, and not only paths below it.</summary>
    public bool IsMember { get; set; }

    /// <summary>The nodes below, in no order.</summary>
    public IReadOnlyDictionary<string, FieldSet> Children => Below;

    public bool IsEmpty => !HasMembers(this, 0);

    private Dictionary<string, FieldSet> Below => _children ?? None;

    /// <summary>The node below this one, which is added where it is missing.</summary>
    public FieldSet Child(string element)
    {
        if (Find(element) is { } child) return child;
        var added = new FieldSet();
        Put(element, added);
        return added;
    }

    public FieldSet? Find(string element) => _children?.GetValueOrDefault(element);

    public static FieldSet Union(FieldSet a, FieldSet b) => Union([a, b]);

    /// <summary>All paths of all sets, in the time it takes to look at each once.</summary>
    public static FieldSet Union(IEnumerable<FieldSet> sets)
    {
        var result = new FieldSet();
        foreach (FieldSet set in sets) result.Include(set, 0);
        return result;
    }

    /// <summary>The paths of a that are not in b. A path in b says nothing about paths below it.</summary>
    public static FieldSet Difference(FieldSet a, FieldSet b) => Keep(a, b, 0, static (a, b) => a && !b, whereMissing: true);

    public static FieldSet Intersection(FieldSet a, FieldSet b) => Keep(a, b, 0, static (a, b) => a && b, whereMissing: false);

    public static bool AreEqual(FieldSet a, FieldSet b) => AreEqual(a, b, 0);

    /// <summary>All paths of the set, each as its elements.</summary>
    public IEnumerable<IReadOnlyList<string>> Paths()
    {
        var pending = new Stack<(FieldSet Node, string[] Path)>([(this, [])]);
        while (pending.TryPop(out (FieldSet Node, string[] Path) next))
        {
            if (next.Node.IsMember) yield return next.Path;
            foreach ((string element, FieldSet child) in next.Node.Sorted().Reverse()) pending.Push((child, [.. next.Path, element]));
        }
    }

    /// <summary>Whether every path of this set is also in another one that is given as fieldsV1.</summary>
    public bool IsWithin(JsonObject? fieldsV1, int depth = 0)
    {
        foreach ((string element, FieldSet child) in Below)
        {
            var there = fieldsV1?[element] as JsonObject;
            if (child.IsMember && (there is null || !IsMemberIn(there))) return false;
            if (child._children is not null && !child.IsWithin(there, JsonDepth.Below(depth))) return false;
        }

        return true;
    }

    /// <summary>Whether any path of this set is also in another one that is given as fieldsV1.</summary>
    public bool Touches(JsonObject? fieldsV1, int depth = 0)
    {
        if (fieldsV1 is null) return false;
        if (fieldsV1.Count < Below.Count)
        {
            // One object may list thousands of owners of a few fields each.
            foreach ((string element, JsonNode? listed) in fieldsV1)
            {
                if (listed is JsonObject there && Find(element) is { } child && child.TouchesAt(there, depth)) return true;
            }

            return false;
        }

        foreach ((string element, FieldSet child) in Below)
        {
            if (fieldsV1[element] is JsonObject there && child.TouchesAt(there, depth)) return true;
        }

        return false;
    }

    private bool TouchesAt(JsonObject there, int depth) => (IsMember && IsMemberIn(there)) || Touches(there, JsonDepth.Below(depth));

    public JsonObject ToJson(int depth = 0)
    {
        var json = new JsonObject();
        foreach ((string element, FieldSet child) in Sorted())
        {
            if (child.IsEmpty) continue;
            JsonObject below = child.ToJson(JsonDepth.Below(depth));
            if (child.IsMember && below.Count > 0) below.Insert(0, ".", new JsonObject());
            json[element] = below;
        }

        return json;
    }

    /// <summary>Reads fieldsV1; null if it is not one.</summary>
    public static FieldSet? FromJson(JsonNode? json, int depth = 0)
    {
        if (json is not JsonObject map) return null;
        var set = new FieldSet();
        foreach ((string element, JsonNode? value) in map)
        {
            if (element == ".") continue;
            if (element.Length < 2 || element[1] != ':' || element[0] is not ('f' or 'k' or 'v' or 'i')) return null;
            if (value is not JsonObject below || FromJson(below, JsonDepth.Below(depth)) is not { } child) return null;
            child.IsMember = IsMemberIn(below);
            set.Put(element, child);
        }

        return set;
    }

    private void Include(FieldSet other, int depth)
    {
        IsMember |= other.IsMember;
        foreach ((string element, FieldSet child) in other.Below) Child(element).Include(child, JsonDepth.Below(depth));
    }

    /// <summary>
    /// The paths of a that a rule keeps by whether b has them. Only a is walked: b may be far larger and be compared with many.
    /// </summary>
    private static FieldSet Keep(FieldSet a, FieldSet b, int depth, Func<bool, bool, bool> keeps, bool whereMissing)
    {
        var result = new FieldSet { IsMember = keeps(a.IsMember, b.IsMember) };
        foreach ((string element, FieldSet child) in a.Below)
        {
            if (b.Find(element) is { } other)
            {
                FieldSet kept = Keep(child, other, JsonDepth.Below(depth), keeps, whereMissing);
                if (!kept.IsEmpty) result.Put(element, kept);
            }
            else if (whereMissing && !child.IsEmpty)
            {
                result.Put(element, child);
            }
        }

        return result;
    }

    private static bool IsMemberIn(JsonObject fieldsV1) => fieldsV1.Count == 0 || fieldsV1.ContainsKey(".");

    private static bool HasMembers(FieldSet set, int depth)
    {
        if (set.IsMember) return true;
        foreach (FieldSet child in set.Below.Values)
        {
            if (HasMembers(child, JsonDepth.Below(depth))) return true;
        }

        return false;
    }

    /// <summary>Nodes without a member below them count as absent.</summary>
    private static bool AreEqual(FieldSet a, FieldSet b, int depth)
    {
        if (a.IsMember != b.IsMember) return false;
        foreach ((string element, FieldSet child) in a.Below)
        {
            bool same = b.Find(element) is { } other ? AreEqual(child, other, JsonDepth.Below(depth)) : child.IsEmpty;
            if (!same) return false;
        }

        foreach ((string element, FieldSet child) in b.Below)
        {
            if (a.Find(element) is null && !child.IsEmpty) return false;
        }

        return true;
    }

    private void Put(string element, FieldSet child) => (_children ??= new(StringComparer.Ordinal))[element] = child;

    /// <summary>The nodes below in the order in which they are shown.</summary>
    private IEnumerable<KeyValuePair<string, FieldSet>> Sorted() =>
        Below.Count < 2 ? Below : Below.OrderBy(static child => child.Key, StringComparer.Ordinal);
}
