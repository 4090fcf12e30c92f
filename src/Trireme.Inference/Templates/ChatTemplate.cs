#pragma warning disable CA1822
using System.Diagnostics;

namespace Trireme.Inference.Templates;

/// <summary>A parsed chat template. Immutable and safe to render from many threads.</summary>
public sealed class ChatTemplate
{
    public string Source => throw new UnreachableException();

    /// <summary>Throws <see cref="ChatTemplateException"/> with the line of the first error.</summary>
    public static ChatTemplate Parse(string source, string? beginOfSequenceToken = null, string? endOfSequenceToken = null) => throw new UnreachableException();

    /// <summary>Throws <see cref="ChatTemplateException"/> when the template fails or refuses the conversation.</summary>
    public string Render(ChatTemplateInput input) => throw new UnreachableException();
}
