using Trireme.Gateway.Admission;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>Makes an ordinary request of one for a response, with the history that it goes on from.</summary>
internal sealed class ResponseTranslation(GatewayOptions options, BodyMemory memory, IResponseStore store, TimeProvider time)
{
    /// <summary>Responses whose items one request may name.</summary>
    private const int ReferencesMax = 64;

    private static readonly byte[] TokenCountBeginning = "{\"object\":\"response.input_tokens\",\"input_tokens\":"u8.ToArray();

    public async ValueTask<GatewayError?> TranslateAsync(GatewayRequest request)
    {
        if (ReadReferences(request, out string? previous, out List<string> named) is { } refused) return refused;
        if (previous is null && named.Count == 0) return Write(request, ResponseItems.None);
        string owner = request.Caller!.Tenant;
        try
        {
            KeptResponse? history = previous is null ? null : await store.FindAsync(owner, previous, request.ClientLeft);
            if (previous is not null && history is null) return GatewayErrors.PreviousNotFound(Cut(previous));
            return Write(request, new ResponseItems(history, await FindAsync(owner, named, request.ClientLeft)));
        }
        catch (IOException)
        {
            return GatewayErrors.KeptUnavailable;
        }
    }

    /// <summary>Reads which responses the request goes on from.</summary>
    private static GatewayError? ReadReferences(GatewayRequest request, out string? previous, out List<string> named)
    {
        (previous, named) = (null, []);
        if (ResponseFields.TryRead(JsonSlice.Parse(request.Body!.Span), out ResponseFields fields) is { } error) return error;
        previous = fields.Previous.AsString();
        if (!fields.Previous.IsNull && previous is null) return GatewayErrors.HalfCharacterIn("previous_response_id");
        foreach (JsonSlice item in fields.Input.Elements)
        {
            if (ResponseItems.IsReference(item) && item["id"u8].AsString() is { } id) named.Add(id);
        }

        return null;
    }

    /// <summary>The responses that hold the items, by the items' ids; of one that is not there nothing.</summary>
    private async ValueTask<IReadOnlyDictionary<string, KeptResponse>> FindAsync(
        string owner, List<string> items, CancellationToken cancellationToken)
    {
        var responses = new Dictionary<string, KeptResponse?>(StringComparer.Ordinal);
        var found = new Dictionary<string, KeptResponse>(StringComparer.Ordinal);
        foreach (string item in items)
        {
            if (ResponseIds.ResponseOf(item) is not { } id) continue;
            if (!responses.TryGetValue(id, out KeptResponse? response) && responses.Count < ReferencesMax)
            {
                response = await store.FindAsync(owner, id, cancellationToken);
                responses[id] = response;
            }

            if (response is not null) found[item] = response;
        }

        return found;
    }

    private GatewayError? Write(GatewayRequest request, ResponseItems items)
    {
        string tenant = request.Caller!.Tenant;
        JsonSlice body = JsonSlice.Parse(request.Body!.Span);
        JsonSlice model = request.Scan.ModelValue(request.Body.Span);
        if (ResponseFields.TryRead(body, out ResponseFields fields) is { } refused) return refused;
        bool isCount = request.Route.Translation == ApiTranslation.ResponseTokens;
        var chat = new BufferedBody(options.MaxRequestBytes, memory, tenant);
        GatewayError? error = isCount
            ? ResponseRequest.WriteTokens(fields, items, model, chat)
            : ResponseRequest.WriteChat(body, fields, items, model, request.WantsStream, chat);
        error ??= chat.RefusalOf(options, memory);
        if (error is not null)
        {
            chat.Dispose();
            return error;
        }

        if (isCount)
        {
            request.Translate("/tokenize", chat, new TokenCount(TokenCountBeginning));
            return null;
        }

        var head = ResponseHead.Of(body, fields, request.Model, time.GetUtcNow());
        ResponseKeeping? keeping = null;
        if (fields.Keeps && store is not NoResponseStore)
        {
            var input = new BufferedBody(options.MaxRequestBytes, memory, tenant);
            ResponseInput.WriteKept(fields, items, head.Key, input);
            keeping = new ResponseKeeping(store, tenant, request.Model, input);
            if (input.RefusalOf(options, memory) is { } full)
            {
                chat.Dispose();
                keeping.Dispose();
                return full;
            }
        }

        var answer = new ResponseAnswer(head, new ResponseEvents(request.WantsStream), keeping, options.MaxHeldResponseBytes);
        request.Translate("/v1/chat/completions", chat, answer);
        return null;
    }

    private static string Cut(string id) => id.Length <= 100 ? id : id[..100] + "…";
}
