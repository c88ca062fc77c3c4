from tenant_apps.attribution.models.deciding import Attribution, Award, Policy, Share

__all__ = ["Attribution", "Award", "Policy", "Share"]
