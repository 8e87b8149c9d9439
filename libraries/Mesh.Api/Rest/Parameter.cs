using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Api.Rest;

/// <summary>Where a parameter stands.</summary>
public enum ParameterPlace
{
    /// <summary>In the query string.</summary>
    Query,

    /// <summary>In the path.</summary>
    Path,

    /// <summary>In a header.</summary>
    Header,
}

/// <summary>One parameter of an operation: what OpenAPI says of it, and how it is read.</summary>
public class Parameter
{
    private protected Parameter(string name, ParameterPlace place, string type, string description) =>
        (Name, Place, Type, Description) = (name, place, type, description);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Where it stands.</summary>
    public ParameterPlace Place { get; }

    /// <summary><c>string</c>, <c>integer</c> or <c>boolean</c>.</summary>
    public string Type { get; }

    /// <summary>What it does.</summary>
    public string Description { get; }

    /// <summary>A value that works; null for none.</summary>
    public string? Example { get; private protected init; }

    /// <summary>Whether a request without it is refused.</summary>
    public bool Required { get; private protected init; }

    /// <summary>The smallest number; null where any is taken, and of what is no number.</summary>
    public long? Least { get; private protected init; }

    /// <summary>The largest number; null where any is taken, and of what is no number.</summary>
    public long? Most { get; private protected init; }

    /// <summary>A text; empty counts as unset.</summary>
    public static Parameter<string?> Text(string name, string description, string? example = null) =>
        new(name, "string", description, static (query, name, _) => query.Text(name)) { Example = example };

    /// <summary>A text where unset means something dangerous such as "all": set but empty, it is a fault.</summary>
    public static Parameter<string?> NonEmpty(string name, string description, string? example = null) =>
        new(name, "string", description, static (query, name, _) => query.NonEmpty(name)) { Example = example };

    /// <summary>The name of a service, a route or the like. It is required unless there is a fallback.</summary>
    public static Parameter<string?> Label(string name, string description, string? example = null, string? fallback = null) =>
        new(name, "string", description, (query, name, faults) => Labels.Read(query.Text(name), name, fallback, faults))
        {
            Example = example, Required = fallback is null,
        };

    /// <summary>A whole number within bounds.</summary>
    public static Parameter<long?> Number(string name, string description, long least, long most = long.MaxValue,
        string? example = null) =>
        new(name, "integer", description, (query, name, _) => query.Number(name, least, most))
        {
            Example = example, Least = least, Most = most == long.MaxValue ? null : most,
        };

    /// <summary>True or false.</summary>
    public static Parameter<bool?> Flag(string name, string description, string? example = null) =>
        new(name, "boolean", description, static (query, name, _) => query.Flag(name)) { Example = example };

    /// <summary>A duration such as <c>30s</c>.</summary>
    public static Parameter<TimeSpan?> Duration(string name, string description, TimeSpan most) =>
        new(name, "string", description, (query, name, _) => query.Duration(name, most));

    /// <summary>Any number of parameters <c>prefix.key=value</c>, of which the document shows one.</summary>
    public static Parameter<IReadOnlyList<KeyValuePair<string, string>>> Prefixed(string prefix, string sample, string description) =>
        new(prefix + sample, "string", description, (query, _, _) => query.Prefixed(prefix));

    /// <summary>A part of the path that is a name.</summary>
    public static Parameter<string?> InPath(string name, string description, string? example = null) =>
        new(name, description, static (text, name, faults) => Labels.Read(text, name, null, faults)) { Example = example, Required = true };

    /// <summary>A part of the path, as it stands there.</summary>
    public static Parameter<string> AsInPath(string name, string description) =>
        new(name, description, static (text, _, _) => text ?? "") { Required = true };

    // Headers are read where gRPC's metadata are, under the same names: see CommandCaller and Preconditions.
    internal static Parameter Header(string name, string description) => new(name, ParameterPlace.Header, "string", description);
}

/// <summary>A parameter that is read as a <typeparamref name="T"/>.</summary>
public sealed class Parameter<T> : Parameter
{
    private readonly Func<HttpContext, QueryFields, Faults, T> _read;

    internal Parameter(string name, string type, string description, Func<QueryFields, string, Faults, T> read)
        : base(name, ParameterPlace.Query, type, description) => _read = (_, query, faults) => read(query, name, faults);

    internal Parameter(string name, string description, Func<string?, string, Faults, T> read)
        : base(name, ParameterPlace.Path, "string", description) =>
        _read = (context, _, faults) => read((string?)context.GetRouteValue(name), name, faults);

    internal T Read(HttpContext context, QueryFields query, Faults faults) => _read(context, query, faults);
}
