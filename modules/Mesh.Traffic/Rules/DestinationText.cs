using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Rules;

/// <summary>Destinations as people write them: <c>service[.namespace][@subset]</c>.</summary>
internal static class DestinationText
{
    /// <summary>Reads one; null, with a fault, if it is none.</summary>
    public static Destination? Read(string? text, string @namespace, string field, Faults faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            if (!faults.Has(field)) faults.Add(field, "missing", "A destination must name a service.");
            return null;
        }

        var at = text.IndexOf('@');
        var service = at < 0 ? text : text[..at];
        var subset = at < 0 ? null : Subset(text[(at + 1)..], field, faults);
        var dot = service.IndexOf('.');
        if (dot >= 0) @namespace = service[(dot + 1)..];
        var name = Labels.Read(dot < 0 ? service : service[..dot], field, null, faults);
        return name is null || Labels.Read(@namespace, field, null, faults) is not { } ns || (at >= 0 && subset is null)
            ? null
            : new Destination(new ServiceKey(ns, name), subset);
    }

    /// <summary>One as <see cref="Write"/> wrote it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static Destination Parse(string text, string @namespace)
    {
        var faults = new Faults();
        return Read(text, @namespace, "", faults)
            ?? throw new InvalidDataException($"'{text}' is not a destination: {faults.ToRefusal()?.Problems[0].Message}");
    }

    /// <summary>A destination for a reader in <paramref name="namespace"/>, which is left out where it is the same.</summary>
    public static string Write(Destination destination, string @namespace) =>
        $"{destination.Service.Name}{(destination.Service.Namespace == @namespace ? ""
            : "." + destination.Service.Namespace)}{(destination.Subset is null ? "" : "@" + destination.Subset)}";

    /// <summary>A destination in parts. The parts beside the text say what the text may say too; set twice is a fault.</summary>
    public static Destination? Read(JsonFields fields, string @namespace, Faults faults)
    {
        var text = fields.Text("service");
        var other = Labels.Read(fields.Text("namespace"), fields.PathTo("namespace"), @namespace, faults);
        var subset = fields.Text("subset") is { Length: > 0 } said ? Subset(said, fields.PathTo("subset"), faults) : null;
        if (Read(text, other ?? @namespace, fields.PathTo("service"), faults) is not { } destination) return null;
        if (subset is null) return destination;
        if (destination.Subset is not null && destination.Subset != subset)
            faults.Add(fields.PathTo("subset"), "contradiction", "The service names another subset already.");
        return destination with { Subset = subset };
    }

    /// <summary>The name of a subset; null, with a fault, if it is none.</summary>
    public static string? Subset(string text, string field, Faults faults)
    {
        if (text.Length is > 0 and <= Labels.MaxLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '+' or '-'))
            return text;
        faults.Add(field, "not-a-subset",
            $"'{Checks.Shortened(text)}' is not a subset; use 1 to {Labels.MaxLength} letters, digits, '.', '_', '+' and '-'.");
        return null;
    }
}
