using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Pipeline;

/// <summary>
/// Ends a request whose stage threw. A client that left is an outcome like any other. Anything else is a fault of the gateway: it is
/// logged and counted once, and the client gets an error it can read, or at least no answer that looks whole.
/// </summary>
internal sealed partial class ExceptionFence(GatewayMetrics metrics, ILogger<ExceptionFence> logger)
{
    public async Task<RequestOutcome> EndAsync(GatewayRequest request, Exception exception)
    {
        bool clientIsGone = request.ClientLeft.IsCancellationRequested
            && exception is OperationCanceledException or IOException or HttpRequestException;
        if (clientIsGone || Broke(exception)) return request.Progress.ClientLeft();

        Report(request, exception);
        try
        {
            return await AnswerAsync(request);
        }
        catch (Exception second) when (second is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The connection broke under the error, so its client has seen that something went wrong.
            request.Http.Abort();
            return request.Progress.Cut(StatusCodes.Status500InternalServerError, RequestEnd.Gateway);
        }
    }

    /// <summary>Whether the client's connection broke, which a read may tell of before the request is called aborted.</summary>
    private static bool Broke(Exception exception) =>
        exception is ConnectionResetException or ConnectionAbortedException
        || exception.InnerException is ConnectionResetException or ConnectionAbortedException;

    private void Report(GatewayRequest request, Exception exception)
    {
        metrics.CountException(request.Stage);
        LogUnexpected(exception, request.Id, request.Stage, request.Route.Path);
    }

    private static async Task<RequestOutcome> AnswerAsync(GatewayRequest request)
    {
        HttpResponse response = request.Http.Response;
        AnswerProgress progress = request.Progress;
        GatewayError error = GatewayErrors.Internal(request.Id);
        if (!response.HasStarted)
        {
            // Half of a replica's headers would describe another body.
            response.Clear();
            RequestId.Show(response, request.Route.Dialect, request.Id);
            return await request.RefuseAsync(error);
        }

        if (progress.FinishReason is not null && progress.IsStream && request.Answer is null or { IsClosed: true, Failure: null })
        {
            return progress.Complete(response.StatusCode, RequestEnd.Gateway);
        }

        if (!progress.IsStream)
        {
            // An answer cut short must not look complete; only a broken connection says so at this point.
            request.Http.Abort();
        }
        else if (!(request.Answer?.IsClosed ?? progress.IsClosed))
        {
            ReadOnlyMemory<byte> last = request.EventOf(error);
            await response.Body.WriteAsync(last, request.ClientLeft);
            progress.BytesToClient += last.Length;
        }

        return progress.Cut(response.StatusCode, RequestEnd.Gateway);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Request {RequestId}: the gateway failed in the stage \"{Stage}\" of {Route}. This is a fault of the gateway.")]
    private partial void LogUnexpected(Exception exception, string requestId, string stage, string route);
}
