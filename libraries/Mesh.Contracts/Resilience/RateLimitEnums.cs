using System.Text.Json.Serialization;

namespace Mesh.Contracts.Resilience;

/// <summary>The time that a rate limit speaks of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RateLimitUnit>))]
public enum RateLimitUnit
{
    /// <summary>A second.</summary>
    [JsonStringEnumMemberName("second")] Second,

    /// <summary>60 seconds.</summary>
    [JsonStringEnumMemberName("minute")] Minute,

    /// <summary>3,600 seconds.</summary>
    [JsonStringEnumMemberName("hour")] Hour,
}

/// <summary>Who counts requests for a rate limit.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RateLimitScope>))]
public enum RateLimitScope
{
    /// <summary>Each data plane for itself.</summary>
    [JsonStringEnumMemberName("local")] Local,

    /// <summary>All data planes together.</summary>
    [JsonStringEnumMemberName("global")] Global,
}
