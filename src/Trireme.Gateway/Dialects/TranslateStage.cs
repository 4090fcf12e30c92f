using Trireme.Gateway.Admission;
using Trireme.Gateway.Dialects.Messages;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects;

/// <summary>
/// Makes an ordinary request for an engine of one in another dialect. What comes behind it, from the copies to the account, sees a chat
/// completion, so that every limit, guard and count holds for it without knowing. It comes after authorisation: what is wrong with a
/// request is told to who may send it.
/// </summary>
internal sealed class TranslateStage(GatewayOptions options, BodyMemory memory, ResponseTranslation responses) : IRequestStage
{
    private static readonly byte[] MessageCount = "{\"input_tokens\":"u8.ToArray();

    public string Name => "translate";

    public ValueTask<GatewayError?> RunAsync(GatewayRequest request) => request.Route.Translation switch
    {
        ApiTranslation.None => default,
        ApiTranslation.Messages or ApiTranslation.MessageTokens => new(TranslateMessage(request)),
        _ => responses.TranslateAsync(request),
    };

    private GatewayError? TranslateMessage(GatewayRequest request)
    {
        var chat = new BufferedBody(options.MaxRequestBytes, memory, request.Caller!.Tenant);
        JsonSlice body = JsonSlice.Parse(request.Body!.Span);
        JsonSlice model = request.Scan.ModelValue(request.Body.Span);
        bool isCount = request.Route.Translation == ApiTranslation.MessageTokens;
        GatewayError? error = isCount ? MessageRequest.WriteTokens(body, model, chat) : MessageRequest.WriteChat(body, model, chat);
        error ??= chat.RefusalOf(options, memory);
        if (error is not null)
        {
            chat.Dispose();
            return error;
        }

        if (isCount)
        {
            request.Translate("/tokenize", chat, new TokenCount(MessageCount));
            return null;
        }

        var head = new MessageHead(request.Model, request.Id);
        request.Translate("/v1/chat/completions", chat, request.WantsStream ? new MessageStream(head) : new WholeMessage(head));
        return null;
    }
}
