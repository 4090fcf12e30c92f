using System.Collections;

namespace Trireme.Kubernetes;

/// <summary>What every log line of a reconcile carries.</summary>
internal sealed class ReconcileScope(string controller, object key, string id) : IReadOnlyList<KeyValuePair<string, object>>
{
    public int Count => 3;

    public KeyValuePair<string, object> this[int index] => index switch
    {
        0 => new("Controller", controller),
        1 => new("Key", key),
        2 => new("ReconcileId", id),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object>> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{controller} {key} reconcile {id}";
}
