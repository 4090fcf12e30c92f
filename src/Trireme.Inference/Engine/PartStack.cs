using Trireme.Inference.Models;

namespace Trireme.Inference.Engine;

/// <summary>Parts of a model that is being put together; gives them back unless all of it succeeds.</summary>
internal sealed class PartStack : IDisposable
{
    private List<IDisposable> _parts = [];

    public T Add<T>(T part)
        where T : IDisposable
    {
        _parts.Add(part);
        return part;
    }

    /// <summary>Transfers the parts to the user of the model.</summary>
    public ModelParts Detach(ILanguageModel model)
    {
        var whole = new ModelParts(model, _parts);
        _parts = [];
        return whole;
    }

    public void Dispose()
    {
        for (int i = _parts.Count - 1; i >= 0; i--) _parts[i].Dispose();
    }
}
