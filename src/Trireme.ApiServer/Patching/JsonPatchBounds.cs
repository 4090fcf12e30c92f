using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching;

/// <summary>
/// What one JSON patch may make of a document. A short patch can move a value into another thousands of times, or double it
/// with every copy, so depth, weight and the work itself are counted with each operation.
/// </summary>
internal sealed class JsonPatchBounds
{
    /// <summary>Copies can double a document again and again; their sum is held to the size of the largest object.</summary>
    private const long MaxCopiedWeight = RequestContent.MaxBytes;

    /// <summary>Values looked at or shifted over all operations; some tens of milliseconds.</summary>
    private const long MaxWork = 500_000;

    /// <summary>Neighbours in a list or object that are shifted in the time one value is looked at.</summary>
    private const int ShiftedAtOnce = 32;

    private readonly int _maxDepth;
    private readonly long _maxWeight;
    private long _weight;
    private long _copied;
    private long _work;

    public JsonPatchBounds(JsonNode document)
    {
        var measure = JsonMeasure.Of(document);
        _weight = measure.Weight;
        _maxWeight = measure.Weight + (2L * RequestContent.MaxBytes);
        // A stored object may be a little deeper than a body: managedFields repeats its structure further down.
        _maxDepth = Math.Max(RequestContent.MaxDepth, measure.Depth);
    }

    /// <summary>Before a value of the document is copied.</summary>
    public void Copying(JsonNode? value)
    {
        _copied += Look(value).Weight;
        if (_copied > MaxCopiedWeight) throw new JsonPatchException("its copies make the object too large");
    }

    /// <summary>
    /// Before a value, or a copy of it, is put into a container at a level, the document's own members being at level one.
    /// </summary>
    public void Adding(JsonNode? value, int level, JsonNode? container)
    {
        JsonMeasure measure = Look(value);
        if (level + measure.Depth > _maxDepth) throw new JsonPatchException($"it nests the object deeper than {_maxDepth} levels");
        _weight += measure.Weight;
        if (_weight > _maxWeight) throw new JsonPatchException("it makes the object too large");
        Shift(container);
    }

    /// <summary>After a value was taken out of a container.</summary>
    public void Removed(JsonNode? value, JsonNode? container)
    {
        _weight -= Look(value).Weight;
        Shift(container);
    }

    private JsonMeasure Look(JsonNode? value)
    {
        var measure = JsonMeasure.Of(value);
        Work(measure.Values);
        return measure;
    }

    private void Shift(JsonNode? container) => Work(container switch
    {
        JsonArray list => list.Count / ShiftedAtOnce,
        JsonObject map => map.Count / ShiftedAtOnce,
        _ => 0,
    });

    private void Work(long values)
    {
        _work += values;
        if (_work > MaxWork) throw new JsonPatchException("its operations move too much; send fewer or smaller ones");
    }
}
