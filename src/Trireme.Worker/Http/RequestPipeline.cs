using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.OpenAi;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>What every request gets: an id, the release header, an error body when none was written, a count and a log line.</summary>
internal sealed partial class RequestPipeline(
    WorkerIdentity identity, string mainRoute, MetricRegistry metrics, TimeProvider time, ILogger<RequestPipeline> logger)
{
    private const int ClientClosedRequest = 499;

    private readonly Counter _requests = metrics.Counter(WorkerMetricNames.Requests, "Answered HTTP requests.", "route", "code");

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        long start = time.GetTimestamp();
        string id = ChooseId(context.Request.Headers[TriremeHeaders.RequestId]);
        context.Response.Headers[TriremeHeaders.RequestId] = id;
        if (identity.Release is { } release) context.Response.Headers[TriremeHeaders.Release] = release;
        try
        {
            await next(context);
            if (!context.Response.HasStarted && FindRoutingError(context) is { } error) await error.WriteAsync(context);
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whatever broke, no client is left to answer.
            if (!context.Response.HasStarted) context.Response.StatusCode = ClientClosedRequest;
            LogClientLeft(logger, exception, id);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await DescribeBadRequest(exception).WriteAsync(context);
        }
        catch (OutOfMemoryException exception) when (!context.Response.HasStarted)
        {
            LogFailure(logger, exception, context.Request.Path.Value, id);
            await WorkerError.OutOfMemory().WriteAsync(context);
        }
        catch (Exception exception)
        {
            LogFailure(logger, exception, context.Request.Path.Value, id);
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                await InternalError(id).WriteAsync(context);
            }
        }
        finally
        {
            Record(context, id, time.GetElapsedTime(start));
        }
    }

    /// <summary>The client's id when it is short and printable; else a new one.</summary>
    private static string ChooseId(string? offered) => AnswerId.IsUsable(offered) ? offered! : Guid.NewGuid().ToString("N");

    private WorkerError? FindRoutingError(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new WorkerError
        {
            Status = StatusCodes.Status404NotFound,
            Message = $"There is no {context.Request.Method} {context.Request.Path} here; {mainRoute}.",
            Code = OpenAiErrorCodes.UnknownUrl,
        },
        StatusCodes.Status405MethodNotAllowed => new WorkerError
        {
            Status = StatusCodes.Status405MethodNotAllowed,
            Message = $"{context.Request.Path} takes {context.Response.Headers.Allow}, not {context.Request.Method}.",
            Code = OpenAiErrorCodes.MethodNotAllowed,
        },
        _ => null,
    };

    private static WorkerError DescribeBadRequest(BadHttpRequestException exception)
    {
        if (exception.StatusCode != StatusCodes.Status413PayloadTooLarge) return WorkerError.Invalid(null, exception.Message);
        return new WorkerError
        {
            Status = StatusCodes.Status413PayloadTooLarge,
            Message = $"The body is larger than {WorkerApplication.MaxBodyBytes / (1024 * 1024)} MiB.",
            Code = OpenAiErrorCodes.RequestTooLarge,
            CloseConnection = true,
        };
    }

    private static WorkerError InternalError(string id) => new()
    {
        Status = StatusCodes.Status500InternalServerError,
        Message = $"The worker failed to answer; its log names the request {id}.",
        Type = OpenAiErrorTypes.Server,
    };

    private void Record(HttpContext context, string id, TimeSpan elapsed)
    {
        int status = context.RequestAborted.IsCancellationRequested ? ClientClosedRequest : context.Response.StatusCode;
        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
        _requests.With(route, status.ToString(CultureInfo.InvariantCulture)).Add();
        LogRequest(logger, context.Request.Method, context.Request.Path.Value, status, elapsed.TotalMilliseconds, id);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Path} answered {Status} in {Milliseconds} ms, request {RequestId}")]
    private static partial void LogRequest(
        ILogger logger, string method, string? path, int status, double milliseconds, string requestId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client left before the answer ended, request {RequestId}")]
    private static partial void LogClientLeft(ILogger logger, Exception exception, string requestId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed, request {RequestId}")]
    private static partial void LogFailure(ILogger logger, Exception exception, string? path, string requestId);
}
