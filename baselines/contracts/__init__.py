"""What every policy, method and selector must do, as checks that run on any of them, also from outside."""
