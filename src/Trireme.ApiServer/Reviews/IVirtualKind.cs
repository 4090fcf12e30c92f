using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Reviews;

/// <summary>A kind whose objects are never stored: creating one asks a question, and its status is the answer.</summary>
internal interface IVirtualKind
{
    ResourceDefinition Definition { get; }

    /// <summary>Computes the status of an object that has passed the kind's schema.</summary>
    ValueTask<Outcome<JsonObject>> AnswerAsync(JsonObject sent, UserInfo caller, CancellationToken cancellationToken);
}
