using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Http;

/// <summary>
/// The parameters of a request, from the query string and, of a POST, from the form. What is wrong with one is a
/// <see cref="QueryException"/> that names it.
/// </summary>
internal sealed class ApiParameters
{
    private readonly IQueryCollection _query;
    private readonly IFormCollection? _form;

    private ApiParameters(IQueryCollection query, IFormCollection? form)
    {
        _query = query;
        _form = form;
    }

    public static async Task<ApiParameters> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!HttpMethods.IsPost(request.Method) || !request.HasFormContentType) return new ApiParameters(request.Query, form: null);
        try
        {
            return new ApiParameters(request.Query, await request.ReadFormAsync(cancellationToken));
        }
        catch (InvalidDataException exception)
        {
            throw new QueryException(QueryErrorKind.BadData, "error parsing form values: " + exception.Message);
        }
    }

    public string Text(string name) => All(name) is [{ } first, ..] ? first : "";

    public bool Has(string name) => All(name).Count > 0;

    /// <summary>A time in Unix seconds or RFC 3339.</summary>
    public DateTimeOffset Time(string name, DateTimeOffset? whenAbsent = null)
    {
        string text = Text(name);
        if (text.Length == 0 && whenAbsent is { } assumed) return assumed;
        if (FloatText.TryParse(text, out double seconds) && Math.Abs(seconds) < DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            double milliseconds = Math.Max(seconds * 1000, DateTimeOffset.MinValue.ToUnixTimeMilliseconds());
            return DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(milliseconds));
        }

        return text.Contains('T', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset dated)
            ? dated
            : throw Invalid(name, $"cannot parse {TextQuoting.Quote(text)} to a valid timestamp");
    }

    /// <summary>A duration in seconds or in Prometheus' notation, such as 1m30s.</summary>
    public TimeSpan Duration(string name)
    {
        string text = Text(name);
        if (FloatText.TryParse(text, out double seconds) && Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds)
        {
            return TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));
        }

        return PromDuration.TryParse(text, out long milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw Invalid(name, $"cannot parse {TextQuoting.Quote(text)} to a valid duration");
    }

    /// <summary>A number of things, or the most there can be.</summary>
    public int Limit(string name)
    {
        string text = Text(name);
        if (text.Length == 0) return int.MaxValue;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int limit)
            ? limit
            : throw Invalid(name, $"cannot parse {TextQuoting.Quote(text)} to a number");
    }

    /// <summary>The selectors of the parameter match[].</summary>
    public IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors()
    {
        var selectors = new List<IReadOnlyList<LabelMatcher>>();
        foreach (string? text in All("match[]"))
        {
            try
            {
                if (Parser.Parse(text ?? "") is not VectorSelector { OffsetMs: null, At: null } selector)
                {
                    throw Invalid("match[]", $"{TextQuoting.Quote(text ?? "")} is no series selector such as up{{job=\"api\"}}");
                }

                selectors.Add(selector.Matchers);
            }
            catch (QueryException exception) when (!exception.Message.StartsWith("invalid parameter", StringComparison.Ordinal))
            {
                throw Invalid("match[]", exception.Message);
            }
        }

        return selectors;
    }

    public static QueryException Invalid(string name, string message) =>
        new(QueryErrorKind.BadData, $"invalid parameter {TextQuoting.Quote(name)}: {message}");

    private StringValues All(string name)
    {
        StringValues values = _form is null ? StringValues.Empty : _form[name];
        return StringValues.Concat(values, _query[name]);
    }
}
