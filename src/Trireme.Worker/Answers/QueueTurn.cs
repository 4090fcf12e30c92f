using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>
/// Whose turn a request takes in the engine's queue and how long it may wait for it. The gateway says so in headers, because it knows
/// who the client is and the body is the client's.
/// </summary>
internal readonly record struct QueueTurn(string? Tenant, double Weight, long? Deadline)
{
    /// <summary>Of a client whose tenant is not given.</summary>
    public static QueueTurn Default => new(Tenant: null, Weight: 1, Deadline: null);

    public static QueueTurn Read(HttpContext context, TimeProvider time, long arrivedAt, out WorkerError? error)
    {
        IHeaderDictionary headers = context.Request.Headers;
        string? tenant = headers[TriremeHeaders.Tenant];
        double? weight = ReadPositive(headers, TriremeHeaders.TenantWeight, out error);
        if (error is not null) return default;
        double? timeout = ReadPositive(headers, TriremeHeaders.QueueTimeout, out error);
        long? deadline = timeout is { } seconds ? arrivedAt + (long)Math.Min(seconds * time.TimestampFrequency, long.MaxValue / 4) : null;
        return new QueueTurn(tenant, weight ?? 1, deadline);
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
