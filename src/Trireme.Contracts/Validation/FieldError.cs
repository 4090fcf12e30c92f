namespace Trireme.Contracts.Validation;

/// <summary>Why a field was refused, in the words Kubernetes clients know.</summary>
public enum FieldErrorType
{
    Required,
    Invalid,
    TypeInvalid,
    NotSupported,
    Duplicate,
    NotFound,
    Forbidden,
    TooMany,
    TooLong,
    UnknownField,
}

/// <summary>One refused field: where it is, why it was refused and what would be accepted.</summary>
public sealed record FieldError(string Field, FieldErrorType Type, string Detail)
{
    /// <summary>The "reason" of a StatusCause.</summary>
    public string Reason => Type switch
    {
        FieldErrorType.Required => "FieldValueRequired",
        FieldErrorType.TypeInvalid => "FieldValueTypeInvalid",
        FieldErrorType.NotSupported => "FieldValueNotSupported",
        FieldErrorType.Duplicate => "FieldValueDuplicate",
        FieldErrorType.NotFound => "FieldValueNotFound",
        FieldErrorType.Forbidden => "FieldValueForbidden",
        FieldErrorType.TooMany => "FieldValueTooMany",
        FieldErrorType.TooLong => "FieldValueTooLong",
        _ => "FieldValueInvalid",
    };

    public override string ToString() => $"{Field}: {Detail}";
}

/// <summary>Collects errors while a resource is checked.</summary>
public sealed class FieldErrors
{
    /// <summary>
    /// Errors that are told. Whoever has more wrong mends these first, and an answer stays far smaller than what it is about.
    /// </summary>
    public const int Max = 256;

    private readonly List<FieldError> _errors = [];

    public IReadOnlyList<FieldError> Items => _errors;

    public bool IsEmpty => _errors.Count == 0;

    /// <summary>True once no more are taken; there is no use in looking further.</summary>
    public bool IsFull => _errors.Count >= Max;

    public void Add(string field, FieldErrorType type, string detail)
    {
        if (!IsFull) _errors.Add(new FieldError(field, type, detail));
    }

    public void Invalid(string field, string detail) => Add(field, FieldErrorType.Invalid, detail);

    public void Required(string field, string detail = "must be set") => Add(field, FieldErrorType.Required, detail);
}

/// <summary>Rules between fields, which a schema cannot say.</summary>
public interface IValidatable
{
    void Validate(FieldErrors errors);
}
