namespace Trireme.Operator.Artifacts;

/// <summary>What of the store is being used by fetches, and was since the last sweep. A sweep never takes away what is held.</summary>
internal sealed class HeldNames
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _holders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);

    public Holder Begin() => new(this);

    /// <summary>Names that were held at any time since this was last asked.</summary>
    public IReadOnlySet<string> TakeTouched()
    {
        lock (_lock)
        {
            var touched = new HashSet<string>(_touched, StringComparer.Ordinal);
            _touched.Clear();
            _touched.UnionWith(_holders.Keys);
            return touched;
        }
    }

    /// <summary>Removes something unless somebody holds it; nobody can begin to meanwhile.</summary>
    public bool TryRemove(string name, Action remove)
    {
        lock (_lock)
        {
            if (_touched.Contains(name)) return false;
            remove();
            return true;
        }
    }

    private void Add(string name)
    {
        lock (_lock)
        {
            _holders[name] = _holders.GetValueOrDefault(name) + 1;
            _touched.Add(name);
        }
    }

    private void Release(IEnumerable<string> names)
    {
        lock (_lock)
        {
            foreach (string name in names)
            {
                if (--_holders[name] == 0) _holders.Remove(name);
            }
        }
    }

    /// <summary>What one fetch holds; disposing lets go of it.</summary>
    internal sealed class Holder(HeldNames owner) : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly List<string> _names = [];

        public void Add(string name)
        {
            lock (_lock) _names.Add(name);
            owner.Add(name);
        }

        public void Dispose()
        {
            lock (_lock)
            {
                owner.Release(_names);
                _names.Clear();
            }
        }
    }
}
