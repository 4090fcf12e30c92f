using System.Diagnostics.CodeAnalysis;

namespace Trireme.ApiServer.Requests;

/// <summary>A value, or the error the client is told instead.</summary>
internal readonly struct Outcome<T>
    where T : class
{
    private readonly T? _value;
    private readonly StatusError? _error;

    private Outcome(T? value, StatusError? error)
    {
        _value = value;
        _error = error;
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(StatusError error) => new(null, error);

    public bool Failed([NotNullWhen(true)] out StatusError? error, [NotNullWhen(false)] out T? value)
    {
        error = _error;
        value = _value;
        return error is not null;
    }
}
