using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>
/// A mapping in the order its keys were added. Keys are what Python hashes: texts, numbers, truth values, none and tuples of them; 1, 1.0
/// and true are one key.
/// </summary>
internal sealed class TemplateMap
{
    private readonly OrderedDictionary<object, Entry> _entries = [];

    public int Count => _entries.Count;

    public IEnumerable<object?> Keys => _entries.Values.Select(static entry => entry.Key);

    public IEnumerable<object?> Values => _entries.Values.Select(static entry => entry.Value);

    public IEnumerable<Entry> Entries => _entries.Values;

    /// <summary>False for a key that cannot be one, such as a list.</summary>
    public bool TrySet(object? key, object? value)
    {
        if (Normal(key) is not { } normal) return false;
        // As in Python, a key keeps the spelling and the place it came with first.
        _entries[normal] = new Entry(_entries.TryGetValue(normal, out Entry known) ? known.Key : key, value);
        return true;
    }

    public void Set(string key, object? value) => TrySet(new TemplateText(key), value);

    public bool TryGet(object? key, [MaybeNullWhen(false)] out object? value)
    {
        bool found = _entries.TryGetValue(Normal(key) ?? this, out Entry entry);
        value = entry.Value;
        return found;
    }

    public object? Find(string key) => _entries.TryGetValue(key, out Entry entry) ? entry.Value : null;

    /// <summary>An entry's text; null where there is none.</summary>
    public TemplateText? FindText(string key) => Find(key) as TemplateText;

    public TemplateMap Copy()
    {
        var copy = new TemplateMap();
        foreach ((object normal, Entry entry) in _entries) copy._entries.Add(normal, entry);
        return copy;
    }

    private static object? Normal(object? key) => key switch
    {
        null => NoKey.None,
        TemplateText text => text.Value,
        string text => text,
        bool flag => (BigInteger)(flag ? 1 : 0),
        long number => (BigInteger)number,
        BigInteger number => number,
        double number when double.IsInteger(number) => (BigInteger)number,
        double number => number,
        TemplateTuple tuple => NormalTuple(tuple),
        _ => null,
    };

    private static TupleKey? NormalTuple(TemplateTuple tuple)
    {
        var parts = new object[tuple.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            // A tuple of tuples is no key here: nothing else could nest without end.
            if (tuple[i] is TemplateTuple || Normal(tuple[i]) is not { } part) return null;
            parts[i] = part;
        }

        return new TupleKey(parts);
    }

    public readonly record struct Entry(object? Key, object? Value);

    private sealed class NoKey
    {
        public static NoKey None { get; } = new();
    }

    private sealed class TupleKey(object[] parts) : IEquatable<TupleKey>
    {
        private readonly object[] _parts = parts;

        public bool Equals(TupleKey? other) => other is not null && _parts.AsSpan().SequenceEqual(other._parts);

        public override bool Equals(object? obj) => Equals(obj as TupleKey);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (object part in _parts) hash.Add(part);
            return hash.ToHashCode();
        }
    }
}
