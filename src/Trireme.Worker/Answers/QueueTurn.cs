using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>
/// Whose turn a request takes in the engine's queue and how long it may wait for it. The gateway says so in headers, because it knows
/// who the client is and the body is the client's.
/// </summary>
/// <param name="Tenant">Who shares the engine with others.</param>
/// <param name="Weight">The tenant's share.</param>
/// <param name="Priority">Place in the queue; a lower one is computed earlier.</param>
/// <param name="Deadline">Timestamp by which it must have started.</param>
internal readonly record struct QueueTurn(string? Tenant, double Weight, int Priority, long? Deadline)
{
    /// <summary>Of a client whose tenant is not given.</summary>
    public static QueueTurn Default => new(Tenant: null, Weight: 1, Priority: 0, Deadline: null);

    /// <param name="context">The request with the gateway's headers.</param>
    /// <param name="time">Clock of the deadline.</param>
    /// <param name="arrivedAt">When the request arrived.</param>
    /// <param name="asked">
    /// The priority that the body asks for. It may put the request behind the client's others and never before its place: a body that
    /// could would starve everyone else.
    /// </param>
    /// <param name="error">What is wrong with a header.</param>
    public static QueueTurn Read(HttpContext context, TimeProvider time, long arrivedAt, int? asked, out WorkerError? error)
    {
        IHeaderDictionary headers = context.Request.Headers;
        int given = ReadPriority(headers, out error);
        if (error is not null) return default;
        string? tenant = headers[TriremeHeaders.Tenant];
        double? weight = ReadPositive(headers, TriremeHeaders.TenantWeight, out error);
        if (error is not null) return default;
        double? timeout = ReadPositive(headers, TriremeHeaders.QueueTimeout, out error);
        long? deadline = timeout is { } seconds ? arrivedAt + (long)Math.Min(seconds * time.TimestampFrequency, long.MaxValue / 4) : null;
        return new QueueTurn(tenant, weight ?? 1, Math.Max(given, asked ?? given), deadline);
    }

    private static int ReadPriority(IHeaderDictionary headers, out WorkerError? error)
    {
        error = null;
        string? text = headers[TriremeHeaders.Priority];
        if (text is null) return 0;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int priority)) return priority;
        error = WorkerError.Invalid(
            TriremeHeaders.Priority, $"The header {TriremeHeaders.Priority} is '{text}' but must be a whole number.");
        return 0;
    }

    private static double? ReadPositive(IHeaderDictionary headers, string name, out WorkerError? error)
    {
        error = null;
        string? text = headers[name];
        if (text is null) return null;
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (isNumber && double.IsFinite(value) && value > 0) return value;
        error = WorkerError.Invalid(name, $"The header {name} is '{text}' but must be a number above 0.");
        return null;
    }
}
