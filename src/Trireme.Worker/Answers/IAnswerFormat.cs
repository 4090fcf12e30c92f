using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>How one route words answers.</summary>
internal interface IAnswerFormat
{
    /// <summary>Writes the events a token adds to a stream, with those that open and end the answer.</summary>
    void WriteToken(EventStream stream, Answer answer, TokenEvent token);

    /// <summary>Writes the event that ends a stream with the token counts.</summary>
    void WriteUsage(EventStream stream, Usage usage);

    /// <summary>Writes the object of collected answers.</summary>
    void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Answer> answers, Usage usage);
}
