using Mesh.Contracts.Text;
using Mesh.Kernel.Commands;

namespace Mesh.Kernel.Values;

/// <summary>Collects every fault of a request, so that it is refused once and with all of them.</summary>
public sealed class Faults
{
    private List<Problem>? _problems;

    /// <summary>Whether there are any.</summary>
    public bool Any => _problems is not null;

    /// <summary>Notes a fault.</summary>
    /// <param name="field">Where: a JSON path, a query parameter or a header; empty for the request as a whole.</param>
    /// <param name="code">Stable, kebab-case.</param>
    /// <param name="message">What is wrong and what to do, for people.</param>
    public void Add(string field, string code, string message) => (_problems ??= []).Add(new Problem(field, code, message));

    /// <summary>Whether something is wrong with the field already, so that nothing further need be said about it.</summary>
    public bool Has(string field) =>
        _problems is not null && Printable.Of(field) is var noted && _problems.Exists(problem => problem.Field == noted);

    /// <summary>Whether something is wrong with the field, or with a part of it.</summary>
    public bool HasUnder(string field) =>
        _problems is not null && Printable.Of(field) is var noted
        && _problems.Exists(
            problem => problem.Field.StartsWith(noted, StringComparison.Ordinal)
                && (problem.Field.Length == noted.Length || problem.Field[noted.Length] is '.' or '['));

    /// <summary>The refusal; null without a fault.</summary>
    public Refusal? ToRefusal(RefusalKind kind = RefusalKind.Invalid) => _problems is null ? null : new Refusal(kind, _problems);
}
